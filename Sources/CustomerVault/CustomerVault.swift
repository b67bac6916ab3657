// CustomerVault: the room is being furnished.
