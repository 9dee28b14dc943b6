# Needs Python 3.11 or newer with venv, git and make. The rest is installed into .venv.
.PHONY: demo test test-rest test-bundle test-all mutations test-faults bench check lock release dist

PYTHON ?= python3
BIN = .venv/bin
READY = .venv/ready-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
# A proxy's certificate authority may be in the system's store only. uv, and pip before 24.2, read
# that store only if they are told to.
export UV_SYSTEM_CERTS = true
SYSTEM_CERTS = import pip, ssl; paths = ssl.get_default_verify_paths(); \
	print("" if pip.__version__ >= "24.2" else paths.cafile or paths.capath or "")
# Twice as many processes as cores, because tests also wait; not more than the servers have connections for.
PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(min(8, 2 * (os.cpu_count() or 1)))')
PYTEST = $(BIN)/pytest --numprocesses $(PROCESSES) --dist loadgroup --durations 15 --timeout 7200

# Of the preset api, web or integrations: make demo PRESET=web
demo: $(READY)
	@$(BIN)/python demo/demo.py $(PRESET) $(if $(CHECK),--check)

test: $(READY)
	$(PYTEST)

# What CI adds: each bundle alone, every pair, faults, and more random changes of services.
test-rest: $(READY)
	$(PYTEST) --rest

# Everything about one bundle: make test-bundle ID=cache
test-bundle: $(READY)
	$(PYTEST) --bundle "$(ID)"

test-all: $(READY)
	HOSTILE_EXAMPLES=1000 $(PYTEST) --all

# Kills and freezes servers under a service, for as long as docs/reliability.md says; less with SMALL=1.
test-faults: $(READY)
	FAULTS=$(if $(SMALL),small,full) REQUIRE_SERVICES=1 $(PYTEST) --numprocesses 1 --timeout 7200 --all tests/faults

# Measures the service and its peers, and writes docs/performance.md: 40 minutes, 8 with QUICK=1.
# CHECK=1 only checks that all subjects respond alike.
bench: .bench/ready
	@PYTHONPATH=.:src .bench/venv/bin/python -m benchmarks $(if $(QUICK),--quick) $(if $(CHECK),--check)

.bench/ready: requirements/benchmarks.txt $(READY)
	@echo "Installing the tools of the benchmark into .bench/venv ..."
	@$(BIN)/uv venv --quiet --clear --no-python-downloads --python $(BIN)/python .bench/venv
	@$(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode --python .bench/venv requirements/benchmarks.txt
	@touch $@

# Makes each mistake of scripts/mutations.yml in a copy, and checks that its test fails.
mutations: $(READY)
	@$(BIN)/python scripts/mutations.py

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy src tests demo scripts
	$(BIN)/lint-imports

# Locks, with hashes and for every supported Python, what this repository, the catalog's services and
# the benchmark install. All packages are upgraded; with PACKAGE=name, only that one. lowest.txt has
# the oldest versions that services accept.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-annotate --no-header
NEWEST = $(if $(PACKAGE),--upgrade-package $(PACKAGE),--upgrade)

lock: $(READY)
	@$(BIN)/python -m tests.matrix.requirements > requirements/services.in
	@$(COMPILE) $(NEWEST) pyproject.toml requirements/dev.in --output-file requirements/dev.txt
	@$(COMPILE) $(NEWEST) requirements/services.in --output-file requirements/services.txt
	@$(COMPILE) $(NEWEST) pyproject.toml requirements/benchmarks.in --output-file requirements/benchmarks.txt
	@$(COMPILE) --resolution lowest-direct requirements/services.in --output-file requirements/lowest.txt

# Adds the version of pyproject.toml to releases.yml, and creates the missing tags. It pushes nothing.
release: $(READY)
	@$(BIN)/python -m flaskwright.template.releases

# Builds the wheel and the sdist of the last commit into dist/, with every release of the template.
dist: $(READY)
	@$(BIN)/python scripts/dist.py

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Flaskwright needs Python 3.11 or newer; try make PYTHON=python3.12")'
	@echo "Making .venv ..."
	@$(PYTHON) -m venv --clear .venv
	@PIP_CERT="$${PIP_CERT:-$$($(BIN)/python -c '$(SYSTEM_CERTS)')}" \
		$(BIN)/pip install -qq --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
