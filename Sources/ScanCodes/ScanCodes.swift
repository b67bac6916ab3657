// ScanCodes: the room is being furnished.
