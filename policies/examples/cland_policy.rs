// SPDX-License-Identifier: GPL-2.0-only OR MIT
//! scx-cland/policy.h for Rust: the same structures, `#[repr(C)]`, with the same names.
//!
//! Include it by `#[path = "..."] mod cland_policy;`. It needs neither std nor another crate. The
//! header has the contract of every function and the unit of every field; a test of scx-cland holds
//! this file against it (tests/cli/abi_docs.sh).

#![allow(dead_code, non_camel_case_types)]

use core::ffi::{c_char, c_void};

pub const MAGIC: u64 = 0x594c_4f50_444e_4c43;
pub const ABI_MAJOR: u32 = 1;
/// Of the header that this file follows.
pub const ABI_MINOR: u32 = 1;

pub const WEIGHT_NICE_0: u32 = 1024;
pub const RATE_ONE: u32 = 1 << 20;
pub const CGROUP_WEIGHT_DEFAULT: u32 = 100;
pub const COMM_LEN: usize = 16;

pub const TASK_WAKEUP: u32 = 1 << 0;
pub const TASK_PINNED: u32 = 1 << 1;
pub const TASK_KTHREAD: u32 = 1 << 2;
pub const TASK_NEW: u32 = 1 << 3;

pub const LEASE_KEEP: u32 = 1 << 0;

pub const PARAM_U64: u32 = 1;
pub const PARAM_BOOL: u32 = 2;
pub const PARAM_RULES: u32 = 3;
pub const RULES_MAX: u32 = 16;

#[repr(C)]
pub struct cland_task {
    pub now_ns: u64,
    pub vtime_ns: u64,
    pub clock_ns: u64,
    pub used_ns: u64,
    pub used_since_wakeup_ns: u64,
    pub burst_avg_ns: u64,
    pub nr_wakeups: u64,
    pub last_wakeup_ns: u64,
    pub priv_: *mut c_void,
    pub pid: i32,
    pub tgid: i32,
    pub waker_pid: i32,
    pub weight: u32,
    pub cpu: i32,
    pub nr_cpus_allowed: u32,
    pub flags: u32,
    pub queue: u32,
    pub comm: [c_char; COMM_LEN],
    // since 1.1
    pub cgroup_id: u64,
    pub cgroup: u32,
    pub cgroup_weight: u32,
    // since 1.2
    pub hint_slice_ns: u64,
    pub hint_deadline_ns: u64,
    pub hint_boost: u32,
    pub hints: u32,
}

/// Since 1.1.
#[repr(C)]
pub struct cland_cgroup {
    pub id: u64,
    pub runnable_ns: u64,
    pub runnable_weight_ns: u64,
    pub weight_now: u64,
    pub weight: u32,
    pub parent: u32,
    pub level: u32,
    pub nr_now: u32,
}

#[repr(C)]
pub struct cland_lease {
    pub valid_ns: u64,
    pub credit_ns: u64,
    pub slice_ns: u64,
    pub preempt_ns: u64,
    pub offset_ns: i64,
    pub rate: u32,
    pub flags: u32,
}

/// Since 1.1.
#[repr(C)]
pub struct cland_rule {
    pub name: [c_char; 16],
    pub comm: [c_char; COMM_LEN],
    pub cgroup_id: u64,
    pub weight: u32,
    pub reserved: u32,
    pub period_ns: u64,
    pub budget_ns: u64,
}

/// Since 1.1. Rules are `rule_size` bytes apart.
#[repr(C)]
pub struct cland_rules {
    pub nr: u32,
    pub rule_size: u32,
    pub rule: *const cland_rule,
}

#[repr(C)]
pub union cland_value {
    pub u64: u64,
    pub rules: *const cland_rules,
}

#[repr(C)]
pub struct cland_param {
    pub name: *const c_char,
    pub unit: *const c_char,
    pub help: *const c_char,
    pub min: u64,
    pub max: u64,
    pub def: u64,
    pub type_: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct cland_host {
    pub struct_size: u32,
    pub nr_cpus: u32,
    pub max_tasks: u32,
    pub abi_minor: u32,
    pub log: unsafe extern "C" fn(line: *const c_char),
    // since 1.1: look at abi_minor before using what follows
    pub max_cgroups: u32,
    pub nr_cpus_online: u32, // since 1.3; 0: older, take nr_cpus
    pub cgroup: unsafe extern "C" fn(index: u32, now_ns: u64) -> *const cland_cgroup,
}

#[repr(C)]
pub struct cland_policy_ops {
    pub magic: u64,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub struct_size: u32,
    pub task_priv_size: u32,
    pub capabilities: u64,
    pub name: *const c_char,
    pub summary: *const c_char,
    pub version: *const c_char,
    pub params: *const cland_param,
    pub create: Option<
        unsafe extern "C" fn(*const cland_host, *const cland_value, *mut *mut c_void) -> i32,
    >,
    pub destroy: Option<unsafe extern "C" fn(*mut c_void)>,
    pub rank: Option<unsafe extern "C" fn(*mut c_void, *const cland_task) -> u64>,
    pub lease: Option<unsafe extern "C" fn(*mut c_void, *const cland_task, *mut cland_lease)>,
    pub tick: Option<unsafe extern "C" fn(*mut c_void, u64)>,
    pub task_exit: Option<unsafe extern "C" fn(*mut c_void, i32, *mut c_void)>,
}

// Constant tables of pointers to constants: nobody writes to them.
unsafe impl Sync for cland_policy_ops {}
unsafe impl Sync for cland_param {}

/// A table with nothing in it but who it is for: `cland_policy_ops { name: ..., ..EMPTY }`.
pub const EMPTY: cland_policy_ops = cland_policy_ops {
    magic: MAGIC,
    abi_major: ABI_MAJOR,
    abi_minor: ABI_MINOR,
    struct_size: core::mem::size_of::<cland_policy_ops>() as u32,
    task_priv_size: 0,
    capabilities: 0,
    name: core::ptr::null(),
    summary: core::ptr::null(),
    version: core::ptr::null(),
    params: core::ptr::null(),
    create: None,
    destroy: None,
    rank: None,
    lease: None,
    tick: None,
    task_exit: None,
};

/// The entry that ends a table of parameters.
pub const PARAMS_END: cland_param = cland_param {
    name: core::ptr::null(),
    unit: core::ptr::null(),
    help: core::ptr::null(),
    min: 0,
    max: 0,
    def: 0,
    type_: 0,
    reserved: 0,
};
