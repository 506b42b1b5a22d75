//! Both ends in one process, over real TLS on loopback; memory and SQLite go through one table.

mod afterwards;
mod commands;
mod duplicates;
mod faults;
mod inbox;
mod journey;
mod proxy;
mod races;
mod revocation;
mod seeded;
mod speed;
mod submit;
mod support;
mod transfer;
mod uploads;
mod vectors;
