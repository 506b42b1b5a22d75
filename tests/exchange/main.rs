//! Both ends in one process, over real TLS on loopback; memory and SQLite go through one table.

mod commands;
mod faults;
mod inbox;
mod journey;
mod proxy;
mod speed;
mod submit;
mod support;
mod transfer;
mod uploads;
mod vectors;
