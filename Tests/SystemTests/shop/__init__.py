"""A shop of real parts on loopback, for tests: brokers, edged, headquarters, devices and a tap on every wire."""
