// HeadquartersLink: the room is being furnished.
