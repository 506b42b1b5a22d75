//! The `congvan` command: everything is in the library's `cli` module.

// Documents become many small objects; the allocators of most systems are slower with them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    congvan::cli::main()
}
