// `edgectl`: asks the agent of this box. All of it is in EdgeControl; here only the process begins and ends.

import EdgeControl
import Glibc

exit(EdgeControl.main())
