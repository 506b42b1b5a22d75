//! Both ends in one process, over real TLS on loopback; memory and SQLite go through one table.

mod afterwards;
mod clocks;
mod commands;
mod containers;
mod duplicates;
mod faults;
mod hostile;
mod inbox;
mod journey;
mod limits;
mod model;
mod network;
mod one_shot;
mod proxy;
mod races;
mod revocation;
mod seeded;
mod submit;
mod support;
mod transfer;
mod uploads;
mod vectors;
