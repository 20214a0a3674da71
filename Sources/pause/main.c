// The parent of a pod's containers: holds the namespaces, reaps orphans, leaves on SIGTERM or SIGINT.
// Bare system calls and no libc, so that it is a few hundred bytes: a node runs one per pod.

enum { SIG_INT = 2, SIG_TERM = 15, SIG_CHLD = 17, BLOCK = 0, NO_HANG = 1 };

#if defined(__x86_64__)
enum { CALL_MASK = 14, CALL_WAIT_SIGNAL = 128, CALL_WAIT_CHILD = 61, CALL_EXIT = 231 };

static long call(long number, long a, long b, long c, long d) {
    long result;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
enum { CALL_MASK = 135, CALL_WAIT_SIGNAL = 137, CALL_WAIT_CHILD = 260, CALL_EXIT = 94 };

static long call(long number, long a, long b, long c, long d) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
#else
#error "no system calls are written down for this processor"
#endif

// Signals that are blocked wait to be asked for, even those that the first process of a namespace would not get.
int main(void) {
    unsigned long wanted = 1UL << (SIG_INT - 1) | 1UL << (SIG_TERM - 1) | 1UL << (SIG_CHLD - 1);
    call(CALL_MASK, BLOCK, (long)&wanted, 0, sizeof wanted);
    for (;;) {
        long signal = call(CALL_WAIT_SIGNAL, (long)&wanted, 0, 0, sizeof wanted);
        if (signal == SIG_INT || signal == SIG_TERM) return 0;
        while (call(CALL_WAIT_CHILD, -1, 0, NO_HANG, 0) > 0) {}
    }
}

#ifdef FREESTANDING
void _start(void) {
    call(CALL_EXIT, main(), 0, 0, 0);
    __builtin_unreachable();
}
#endif
