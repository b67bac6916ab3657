// ControlSocket: the room is being furnished.
