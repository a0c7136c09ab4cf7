# Two commands matter: `make demo` and `make test`. README.md says what the others are for.
# Each step leaves a stamp in .venv, so that it is done again only when what it comes from has changed.

PYTHON ?= python3
PY := .venv/bin/python
SOURCES := $(wildcard static/scss/*.scss static/src/*) static/build.mjs
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test setup run check assets bench clean browser-and-redis
.DEFAULT_GOAL := demo

demo: setup
	@exec $(PY) -m nhs_learning.supervisor demo

setup: .venv/installed assets

run: setup
	@exec $(PY) -m nhs_learning.supervisor develop

# The tests come last, so that what they say is the last thing said. A file is one worker's: some make something large
# for all their tests. (xdist's loadgroup does not see its marks with pytest 9.2: pytest-xdist issue 1386.)
test: .venv/installed-dev assets browser-and-redis check
	@$(PY) -m pytest -n 2 --dist loadfile

check: .venv/installed-dev assets
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet .
	@.venv/bin/lint-imports --no-logo 2>/dev/null >.venv/imports.log || { cat .venv/imports.log; exit 1; }
	@DATABASE_URL=postgresql:///unused $(PY) -m mypy --no-error-summary nhs_learning knowledge routines reviews
	@$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run -v 0
	@$(PY) manage.py check_templates

bench: .venv/installed-dev assets
	@$(PY) -m tests.bench

assets: static/build/app.css

static/build/app.css: .venv/installed-npm $(SOURCES)
	@node static/build.mjs

.venv/made:
	@command -v $(PYTHON) >/dev/null || { echo "NHS Learning needs Python 3.11 or newer: install it, or say where it is with PYTHON=."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "NHS Learning needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Say where a newer one is with PYTHON=."; exit 1; }
	@echo "Making .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: requirements.txt .venv/made
	@echo "Installing what the application needs"
	@$(PY) -m pip install -qq --require-hashes -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/made
	@echo "Installing what the tests need"
	@$(PY) -m pip install -qq --require-hashes -r requirements-dev.txt
	@touch $@ .venv/installed

.venv/installed-npm: package-lock.json .venv/made
	@command -v node >/dev/null || { echo "NHS Learning needs Node 20 or newer, for NHS Digital's styles: install it first."; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "NHS Learning needs Node 20 or newer; this is $$(node --version)."; exit 1; }
	@echo "Installing NHS Digital's front end"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Real Chromium and real Redis for the tests: on Debian as root through apt, elsewhere by whoever knows the machine.
browser-and-redis:
	@missing=""; \
	{ command -v chromium || command -v chromium-browser || command -v google-chrome || [ -n "$$CHROMIUM" ]; } >/dev/null || missing="$$missing chromium"; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing$$missing"; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing fonts-liberation; } >.venv/apt.log 2>&1 \
			|| { tail -5 .venv/apt.log; exit 1; }; \
	else \
		echo "The tests need$$missing: install with your system's package manager, then run make test again."; exit 1; \
	fi

clean:
	rm -rf .venv node_modules static/build
