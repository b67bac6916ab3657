// ShopCore: the room is being furnished.
