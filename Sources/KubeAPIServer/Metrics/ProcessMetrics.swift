internal import Determinism
internal import Glibc
internal import LinuxKernel
internal import Metrics
