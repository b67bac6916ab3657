// edge-hq
