import { assert, assertEquals } from "@std/assert";
import type { AccountFailure } from "../../src/delivery/account_failure.ts";
import { type FailingAccount, FailingAccounts } from "../../src/delivery/failing_accounts.ts";
import { VirtualTime } from "../virtual_time.ts";

/** An account that fails, and notes what it is asked for. */
class Account implements FailingAccount {
  failure: AccountFailure | undefined;
  /** When it tries again, in milliseconds on the monotonic clock. */
  pausedUntil = 0;
  woken = 0;

  fail(kind: AccountFailure["kind"], since = performance.now(), isBrief = false): void {
    const { failure } = this;
    this.failure = { kind, since: failure?.since ?? since, isBrief };
  }

  pauseUntil(time: number): void {
    this.pausedUntil = time;
  }

  retryNow(): void {
    this.woken++;
  }

  get pause(): number {
    return this.pausedUntil - performance.now();
  }
}

function setUp(probe: () => Promise<boolean> = () => Promise.resolve(false)) {
  const probes: number[] = [];
  const start = performance.now();
  const failing = new FailingAccounts({
    probe: () => {
      probes.push((performance.now() - start) / 1000);
      return probe();
    },
  });
  const fail = (
    count: number,
    kind: AccountFailure["kind"] = "unavailable",
    since?: number,
  ): Account[] =>
    Array.from({ length: count }, () => {
      const account = new Account();
      account.fail(kind, since);
      failing.onFailed(account);
      return account;
    });
  return { failing, probes, fail };
}

const woken = (accounts: readonly Account[]) => accounts.filter((each) => each.woken > 0).length;

/** The differences between numbers. */
const gaps = (times: readonly number[]) => times.slice(1).map((time, n) => time - times[n]!);

Deno.test("FailingAccounts probes every few seconds while an account is unavailable, with jitter", async () => {
  using time = new VirtualTime(1_800_000_000);
  const { failing, probes, fail } = setUp();
  const [account] = fail(1);
  await time.pass(120);
  assert(probes[0]! <= 1, `the first probe came after ${probes[0]} s`);
  assert(probes.length >= 40 && probes.length <= 81, `${probes.length} probes`);
  const pauses = gaps(probes);
  assert(Math.min(...pauses) > 1.4 && Math.max(...pauses) <= 3.1, `${pauses}`);
  assert(new Set(pauses).size > 5, "bots that lost the same backend come back one after another");
  account!.fail("denied");
  const before = probes.length;
  await time.pass(60);
  assertEquals(probes.length, before, "a probe knows nothing of permissions");
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts probes on while earlier probes hang, at most three at once", async () => {
  using time = new VirtualTime(1_800_000_000);
  const hanging: ((isUp: boolean) => void)[] = [];
  const { failing, probes, fail } = setUp(() => new Promise((resolve) => hanging.push(resolve)));
  const [account] = fail(1);
  await time.pass(60);
  assertEquals(probes.length, 3);
  hanging[0]!(false);
  await time.pass(6);
  assertEquals(probes.length, 4);
  hanging[3]!(true);
  await time.pass(0.1);
  assertEquals(account!.woken, 1);
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts probes while another server is in the place of Grafolean", async () => {
  using time = new VirtualTime(1_800_000_000);
  let isUp = false;
  const { failing, probes, fail } = setUp(() => Promise.resolve(isUp));
  const [account] = fail(1, "unexpected");
  await time.pass(300);
  assert(probes.length >= 100, `${probes.length}`);
  assertEquals(account!.woken, 0);
  isUp = true;
  await time.pass(3.1);
  assert(account!.woken > 0);
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts counts a probe that throws as a bad one", async () => {
  using time = new VirtualTime(1_800_000_000);
  const { failing, probes, fail } = setUp(() => Promise.reject(new Error("gone")));
  const [account] = fail(1);
  await time.pass(30);
  assert(probes.length >= 9, `${probes.length}`);
  assertEquals(account!.woken, 0);
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts wakes eight accounts when the backend answers, and all when it stores", () => {
  using time = new VirtualTime(1_800_000_000);
  const { failing, fail } = setUp();
  const accounts = fail(20);
  time.advance(1.1);
  failing.onReachable();
  assertEquals(woken(accounts), 8);
  const [first, ...others] = accounts;
  first!.failure = undefined;
  failing.onStored(first!);
  assertEquals(woken(others), 19);
  failing.onStored(first!);
  assertEquals(others.reduce((sum, each) => sum + each.woken, 0), 7 + 19, "it was stored before");
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts wakes those first that have waited for longest", () => {
  using time = new VirtualTime(1_800_000_000);
  const { failing, fail } = setUp();
  const accounts = fail(16);
  time.advance(2);
  for (const account of accounts.slice(0, 8)) failing.onFailed(account);
  time.advance(2);
  failing.onReachable();
  assertEquals(accounts.map((each) => each.woken), [...Array(8).fill(0), ...Array(8).fill(1)]);
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts does not wake an account that failed within the last second", () => {
  using time = new VirtualTime(1_800_000_000);
  const { failing, fail } = setUp();
  const early = fail(2);
  time.advance(0.5);
  const late = fail(2);
  time.advance(0.6);
  failing.onReachable();
  assertEquals([woken(early), woken(late)], [2, 0]);
  early[0]!.failure = undefined;
  failing.onStored(early[0]!);
  assertEquals(woken(late), 0);
  time.advance(1);
  failing.onReachable();
  assertEquals(woken(late), 2);
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts lets a single account pause for longer the longer it fails, up to 5 s", () => {
  using time = new VirtualTime(1_800_000_000);
  const { failing, fail } = setUp();
  const [account] = fail(1, "ambiguous");
  for (
    const [failedForS, longestMs] of [[0, 500], [4, 1000], [12, 3000], [60, 5000], [600, 5000]]
  ) {
    time.advance(failedForS! - (performance.now() - account!.failure!.since) / 1000);
    failing.onFailed(account!);
    const { pause } = account!;
    assert(pause >= longestMs! / 2 && pause <= longestMs!, `${pause} after ${failedForS} s`);
  }
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts lets many accounts share the pauses of eight", () => {
  using time = new VirtualTime(1_800_000_000);
  const { failing, fail } = setUp();
  const accounts = fail(80, "ambiguous");
  time.advance(60);
  for (const account of accounts) failing.onFailed(account);
  const pauses = accounts.map((each) => each.pause);
  assert(Math.min(...pauses) >= 25_000 && Math.max(...pauses) <= 50_000, `${pauses}`);
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts leaves the attempts to the probe while it says that Grafolean is down", async () => {
  using time = new VirtualTime(1_800_000_000);
  const { failing, fail } = setUp();
  const [account] = fail(1);
  assert(account!.pause <= 500, "nothing is known yet");
  await time.pass(5);
  failing.onFailed(account!);
  assert(account!.pause >= 30_000 && account!.pause <= 60_000, `${account!.pause}`);
  failing.onReachable();
  failing.onFailed(account!);
  assert(account!.pause <= 5000, `${account!.pause}`);
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts tries less often what somebody has not mended within two minutes", () => {
  using time = new VirtualTime(1_800_000_000);
  const { failing, fail } = setUp();
  for (const kind of ["denied", "unexpected"] as const) {
    const [account] = fail(1, kind);
    time.advance(119);
    failing.onFailed(account!);
    assert(account!.pause <= 5000, `${kind}: ${account!.pause}`);
    time.advance(2);
    failing.onFailed(account!);
    assert(account!.pause >= 30_000 && account!.pause <= 60_000, `${kind}: ${account!.pause}`);
  }
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts lets an account try again at once after the last answer of a database that restarted", () => {
  using _time = new VirtualTime(1_800_000_000);
  const { failing } = setUp();
  const account = new Account();
  account.fail("unavailable", performance.now(), true);
  failing.onFailed(account);
  assertEquals(account.pause, 0);
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts leaves no timer behind, and wakes nobody, once it is disposed", async () => {
  // The sanitizer of the test runner would find a timer.
  const failing = new FailingAccounts({ probe: () => Promise.resolve(true) });
  const account = new Account();
  account.fail("unavailable");
  failing.onFailed(account);
  failing[Symbol.dispose]();
  failing.onReachable();
  await Promise.resolve();
  assertEquals(account.woken, 0);
});

Deno.test("FailingAccounts starts no timer for an account that fails after it was disposed", async () => {
  using time = new VirtualTime(1_800_000_000);
  for (const hasProbed of [false, true]) {
    const hanging: ((isUp: boolean) => void)[] = [];
    const { failing, probes, fail } = setUp(() => new Promise((resolve) => hanging.push(resolve)));
    if (hasProbed) fail(1);
    await time.pass(1.1);
    failing[Symbol.dispose]();
    hanging[0]?.(false);
    const before = probes.length;
    fail(1);
    await time.pass(30);
    assertEquals(probes.length, before);
  }
});

Deno.test("FailingAccounts probes at once and often in an outage after many short ones", async () => {
  using time = new VirtualTime(1_800_000_000);
  let isUp = true;
  const { failing, probes, fail } = setUp(() => Promise.resolve(isUp));
  for (let n = 0; n < 5; n++) {
    const [account] = fail(1);
    await time.pass(1.2);
    account!.failure = undefined;
    failing.onStored(account!);
    await time.pass(5);
  }
  isUp = false;
  const before = probes.length;
  const start = probes.at(-1)!;
  await time.pass(0.1);
  fail(1);
  await time.pass(20);
  const since = probes.slice(before).map((at) => at - start);
  assert(since.length >= 6, `${since}`);
  assert(Math.max(...gaps(probes.slice(before))) <= 3.1, `${since}`);
  failing[Symbol.dispose]();
});

Deno.test("FailingAccounts does not wake more accounts for each of the reads of a refresh", () => {
  using time = new VirtualTime(1_800_000_000);
  const { failing, fail } = setUp();
  const accounts = fail(100, "ambiguous");
  time.advance(2);
  for (let n = 0; n < 300; n++) {
    failing.onReachable();
    // Those that were woken fail again.
    for (const each of accounts.filter((account) => account.woken > 0)) {
      each.woken = 0;
      failing.onFailed(each);
    }
    if (n === 150) time.advance(1);
  }
  failing.onReachable();
  assertEquals(woken(accounts), 0);
  time.advance(1);
  failing.onReachable();
  assertEquals(woken(accounts), 8);
  failing[Symbol.dispose]();
});
