// SPDX-License-Identifier: GPL-2.0-only
//! lottery - tasks draw tickets, and the lowest goes first: a policy in Rust, without std or crates.
//!
//! An example, to show the language. Each time a task becomes runnable it draws a number; heavier
//! tasks draw smaller ones, so that they are served more often:
//!
//!     ticket = random number below spread_us * 1024 / weight      [us]
//!     rank   = clock + ticket                                     lowest rank runs first
//!
//! The numbers come from a generator that begins at the same place each time: chance must not come
//! from outside, or a run could not be repeated. The policy is asked every time (no lease), which is
//! what a lottery needs. The idea is lottery scheduling (Waldspurger, Weihl 1994); theirs holds
//! shares exactly in the mean, this one roughly.
//!
//! Build: rustc --edition 2021 --crate-type cdylib -O -C panic=abort \
//!            -C link-arg=-Wl,-z,defs,-z,now -o lottery.so lottery.rs

#![no_std]

#[path = "cland_policy.rs"]
mod cland_policy;

use cland_policy::*;
use core::ffi::c_void;

// Nothing here panics; the compiler wants to know what would happen.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unsafe { abort() }
}

#[link(name = "c")]
extern "C" {
    fn abort() -> !;
    fn malloc(size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
}

const ENOMEM: i32 = 12;
/// Ranks are kept within a second of the clock.
const TICKET_MAX_NS: u64 = 900_000_000;

static PARAMS: [cland_param; 2] = [
    cland_param {
        name: c"spread_us".as_ptr(),
        unit: c"us".as_ptr(),
        help: c"Tickets of tasks of nice 0 are drawn from 0 to this.".as_ptr(),
        min: 1,
        max: 100_000,
        def: 10_000,
        type_: PARAM_U64,
        reserved: 0,
    },
    PARAMS_END,
];

struct Lottery {
    spread_ns: u64,
    random: u64,
}

impl Lottery {
    /// xorshift64*
    fn draw(&mut self) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    fn rank(&mut self, task: &cland_task) -> u64 {
        let below_ns = self.spread_ns * u64::from(WEIGHT_NICE_0) / u64::from(task.weight.max(1));
        let ticket_ns = self.draw() % below_ns.clamp(1, TICKET_MAX_NS);

        // virtual time may wrap
        task.clock_ns.wrapping_add(ticket_ns)
    }
}

unsafe extern "C" fn create(
    _host: *const cland_host,
    values: *const cland_value,
    ret_policy: *mut *mut c_void,
) -> i32 {
    let policy = malloc(core::mem::size_of::<Lottery>()).cast::<Lottery>();

    if policy.is_null() {
        return -ENOMEM;
    }
    policy.write(Lottery {
        spread_ns: (*values).u64 * 1000,
        random: 0x9e37_79b9_7f4a_7c15,
    });
    *ret_policy = policy.cast();
    0
}

unsafe extern "C" fn destroy(policy: *mut c_void) {
    free(policy);
}

unsafe extern "C" fn rank(policy: *mut c_void, task: *const cland_task) -> u64 {
    (*policy.cast::<Lottery>()).rank(&*task)
}

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static cland_policy: cland_policy_ops = cland_policy_ops {
    name: c"lottery".as_ptr(),
    summary: c"tasks draw tickets by their weight, an example in Rust".as_ptr(),
    version: c"1.0".as_ptr(),
    params: PARAMS.as_ptr(),
    create: Some(create),
    destroy: Some(destroy),
    rank: Some(rank),
    ..EMPTY
};
