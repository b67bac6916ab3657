// edge-bench
