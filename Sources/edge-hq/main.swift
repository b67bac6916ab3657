// edge-hq: the reference headquarters, and the commands that act on a serving one.

import ArgumentParser

EdgeHeadquarters.main()
