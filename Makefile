# `make run` and `make test` each work as the first command in a fresh clone; they need Python 3.11 or newer, and make.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help run test lint install lock messages shell clean

help:
	@echo "make run       the demo on http://127.0.0.1:$(PORT)/ (another port: make run PORT=8001)"
	@echo "make test      linters, then all tests"
	@echo "make lint      linters only"
	@echo "make install   only the virtual environment, with what tests need"
	@echo "make messages  gather and compile translations"
	@echo "make lock      write requirements/*.txt anew from requirements/*.in"
	@echo "make clean     remove the virtual environment, the demo's database and photos"

run: $(VENV)/base.stamp
	@$(PY) tools/run_demo.py $(PORT)

test: $(VENV)/dev.stamp
	@$(PY) tools/run_tests.py

lint: $(VENV)/dev.stamp
	@$(PY) tools/run_tests.py --lint

install: $(VENV)/dev.stamp

messages: $(VENV)/dev.stamp
	@$(PY) tools/messages.py

# One lock for Python 3.11 and later on every system. Hashes say what is installed, so no package index is named.
lock: $(VENV)/dev.stamp
	cd requirements && for name in base dev; do ../$(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate --output-file $$name.txt $$name.in || exit 1; done

shell: $(VENV)/base.stamp
	@DEBUG=true $(PY) manage.py shell

clean:
	rm -rf $(VENV) staticfiles media db.sqlite3* .pytest_cache .ruff_cache .hypothesis

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make $(MAKECMDGOALS) PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/base.stamp: requirements/base.txt | $(PY)
	@echo "Installing what the site needs into $(VENV) …"
	@$(INSTALL) --requirement requirements/base.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt | $(PY)
	@echo "Installing what the tests need into $(VENV) …"
	@$(INSTALL) --requirement requirements/dev.txt
	@touch $@ $(VENV)/base.stamp
