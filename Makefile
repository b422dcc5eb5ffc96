# Thin on purpose: each target is a script or a module. Nothing here needs Node or root, and but for clusters and tests no Redis.

ifndef PYTHON
PYTHON := $(shell sh scripts/python)
endif
VENV_PYTHON := .venv/bin/python
MAKEFLAGS += --no-print-directory

# What a shell carries for other work must not lead into this one.
unexport PYTHONPATH PYTHONHOME DJANGO_SETTINGS_MODULE

.PHONY: help run example example-web example-trade example-backchannel cluster cluster-test test long check guides faults soak coverage mutants audit bench gallery scenes format messages lock
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 20

run: ## the demo on http://localhost:8000/ (PORT=, PORTAL_DATA=, PORTAL_DEMO_PASSWORD=), LAN=1: for phones
	@$(PYTHON) scripts/environment.py run
	@exec $(VENV_PYTHON) -m portal.demo

example: ## a program of examples/ beside the demo, EXAMPLE=web, trade or backchannel (OPTIONS=, and PORT= of the demo)
	@$(PYTHON) scripts/environment.py test
	@exec $(VENV_PYTHON) -m portal.demo.examples $(EXAMPLE) $(OPTIONS)

example-web example-trade example-backchannel:
	@$(MAKE) example EXAMPLE=$(@:example-%=%)

cluster: ## the whole production form on this machine, behind a proxy (PORT=, PORTAL_DATA=, PROCESSES=)
	@PYTHON='$(PYTHON)' sh scripts/cluster cluster
	@exec $(VENV_PYTHON) -m portal.cluster

cluster-test: ## the same, and a client, a phone and a carrier that go through it (PORTAL_LONG=1: failovers, too)
	@PYTHON='$(PYTHON)' sh scripts/cluster test
	@exec $(VENV_PYTHON) -m pytest tests/cluster

test: ## everything: what the tests need, the checks, the tests
	@PYTHON='$(PYTHON)' sh scripts/test

long: ## the same with a thousand rounds, minutes of guessing, every case of every browser test (hours)
	@PORTAL_LONG=1 PYTHON='$(PYTHON)' sh scripts/test

check: ## format, lint, types, who imports whom, templates, migrations
	@PYTHON='$(PYTHON)' sh scripts/check

guides: ## walk every numbered step of the help in both languages, and take its picture anew (minutes)
	@$(PYTHON) scripts/environment.py test
	@exec $(VENV_PYTHON) -m pytest tests/e2e/guides --pictures -o timeout=900

faults: ## something dies at every moment of a sign-in: all of it (minutes)
	@$(PYTHON) scripts/environment.py test
	@PORTAL_LONG=1 $(VENV_PYTHON) -m pytest tests/faults

soak: ## sign-ins without a pause while something dies every ten seconds, and its figures (PORTAL_SOAK=3600)
	@$(PYTHON) scripts/environment.py test
	@exec $(VENV_PYTHON) -m tests.faults $(or $(PORTAL_SOAK),3600) $(or $(PORTAL_SOAK_EVERY),10)

coverage: ## every branch of the files where one wrong line lets somebody in, or fail
	@PYTHON='$(PYTHON)' sh scripts/coverage

mutants: ## changes in those files that no test sees (FILES=; half an hour for all), after make coverage
	@$(PYTHON) scripts/environment.py test
	@exec $(VENV_PYTHON) -m bench.mutants $(FILES)

audit: ## known weaknesses of the pinned packages, and the list of parts (PARTS=); needs the network
	@PARTS='$(PARTS)' PYTHON='$(PYTHON)' sh scripts/audit

bench: ## the measurements
	@$(PYTHON) scripts/environment.py test
	@exec $(VENV_PYTHON) -m bench

gallery: ## every page and state in both languages and schemes, on one sheet (GALLERY=build/gallery; minutes)
	@$(PYTHON) scripts/environment.py test
	@exec $(VENV_PYTHON) -m tests.e2e.gallery $(or $(GALLERY),build/gallery) $(SCENES)

scenes: ## every page and state judged by axe and by rules of our own, in both languages and schemes (minutes)
	@$(PYTHON) scripts/environment.py test
	@PORTAL_LONG=1 $(VENV_PYTHON) -m pytest tests/e2e/gallery

format: ## put Python and templates into their one form
	@$(PYTHON) scripts/environment.py test
	@$(VENV_PYTHON) -m ruff check --fix-only --quiet .
	@$(VENV_PYTHON) -m ruff format .

messages: ## collect the words to translate and compile the translated ones (needs gettext)
	@$(PYTHON) scripts/environment.py test
	@PYTHON='$(PYTHON)' sh scripts/messages

lock: ## resolve the dependencies again (UPGRADE=1: to their newest versions)
	@$(PYTHON) scripts/environment.py test
	@UPGRADE='$(UPGRADE)' sh scripts/lock
