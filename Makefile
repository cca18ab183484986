# Every habit of the project. `make demo` and `make test` do all set-up on a fresh Debian 12 machine.
.PHONY: demo test build setup lint format asan bench conformance clean record

CAPTURE := fixtures/front-line/traffic.cap

demo: build
	@build/flamesim replay examples/front-line --from $(CAPTURE) --report out/; \
	  code=$$?; [ $$code -le 1 ] || exit $$code

test: build
	cmake --build --preset default
	ctest --preset default

setup:
	@scripts/setup.sh

build: setup
	@[ -e build/build.ninja ] || cmake --preset default >/dev/null
	@cmake --build --preset default --target flamesim

lint: setup
	@[ -e build-files/build.ninja ] || cmake --preset files >/dev/null
	scripts/lint.sh

format:
	git ls-files '*.cc' '*.h' | xargs clang-format -i

# Every test under ASan and UBSan.
asan: setup
	@[ -e build-asan/build.ninja ] || cmake --preset asan >/dev/null
	cmake --build --preset asan
	ctest --preset asan

# Measures flamesim beside its peers. ONLY="hello chain": these subjects of tests/bench/ alone.
bench: build
	@scripts/setup.sh --with-bench
	@python3 tests/bench/bench.py $(ONLY)

# Runs the platform's tests in workerd as well, and prints what differs. ONLY="url streams": these
# files alone.
conformance: build
	@scripts/setup.sh --with-bench
	@tests/conformance/conformance.py $(ONLY)

# Records the example's capture anew from a live NGINX, with Chromium among the clients.
record: build
	scripts/setup.sh --with-browser
	examples/front-line/record.sh

clean:
	rm -rf build build-asan build-files out
