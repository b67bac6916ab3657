// edge-sim
