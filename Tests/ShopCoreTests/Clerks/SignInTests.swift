// Wrong PINs lock a badge for a while, and no longer.

import ShopCore
import ShopModel
import Testing

@Suite("A badge")
struct SignInTests {
    @Test("is locked for five minutes by the fifth wrong PIN in a row, to the instant")
    func lock() {
        var attempts = SignInAttempts()
        for _ in 1..<SignInAttempts.wrongMax {
            attempts.countWrong(now: "10:00")
            #expect(refusal { () throws(Refusal) in try attempts.check(now: "10:00") } == nil)
        }
        attempts.countWrong(now: "10:00")
        let locked = refusal { () throws(Refusal) in try attempts.check(now: "10:04:59.999") }
        #expect(locked?.code == .clerkLocked)
        #expect(locked?.fact("until") == "2026-11-24T10:05:00Z")
        #expect(refusal { () throws(Refusal) in try attempts.check(now: "10:05") } == nil)
    }

    @Test("has five tries again after its lock, then is locked again")
    func again() {
        var attempts = SignInAttempts()
        for _ in 0..<5 { attempts.countWrong(now: "10:00") }
        for _ in 0..<4 { attempts.countWrong(now: "10:06") }
        #expect(refusal { () throws(Refusal) in try attempts.check(now: "10:06") } == nil)
        attempts.countWrong(now: "10:07")
        #expect(attempts.lockedUntil == "10:12")
    }
}
