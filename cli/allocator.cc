// How jemalloc, the allocator of the binary, is set up; it reads this by its name. (Builds with
// sanitizers have their allocator, and nobody reads it there.)

// Memory in huge pages: until `dev` answers some 500 pages are touched for the first time, and each
// would be a fault that costs more than what is done with the page.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" const char* malloc_conf;
const char* malloc_conf = "thp:always";
// NOLINTEND(readability-identifier-naming)
