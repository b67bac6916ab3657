// edge-sim: the shop in a world where everything goes wrong, from a seed.

import ArgumentParser

/// Chooses the asynchronous `main`, which a script's own level would not.
func start() async { await EdgeSim.main() }

await start()
