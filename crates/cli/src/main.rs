//! How is Rollcall started and operated?
#![allow(dead_code, unused_imports)]

mod sample;

fn main() {}
