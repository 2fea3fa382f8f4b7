# 검증 가능한 디지털 이력서 · verifiable digital resume
# `make help` lists everything. Needed beforehand: make, and Python 3.11 or 3.12.

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo shell up test test-fast test-python test-contracts test-wallet \
        slither gas lint fmt types imports reference bench bench-core bench-chain bench-index bench-tick lock \
        clean distclean

VENV := .venv
PY := $(VENV)/bin/python
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# The product is half a dozen processes, and the tests start hundreds: each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE
# What prettier formats; what git ignores it passes over.
SCRIPTS := '**/*.{js,mjs,cjs,css}'
PYTEST_ARGS ?= -n auto --dist loadfile --durations 20

# The first interpreter that fits: the one named by PYTHON=…, ours, then what the machine has.
define set-up
	@for python in $(PYTHON) $(PY) python3.12 python3.11 python3 python; do \
	  if "$$python" -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 12) else 1)' 2>/dev/null; then \
	    exec "$$python" -m scripts.setup_project $(1); \
	  fi; \
	done; \
	echo "파이썬 3.11 또는 3.12를 찾지 못했습니다. 설치하거나 make setup PYTHON=/경로/python3.12 로 알려 주세요."; \
	echo "No Python 3.11 or 3.12 was found. Install one, or name it: make setup PYTHON=/path/to/python3.12"; \
	exit 1
endef

help: ## 이 목록 · this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## 필요한 것을 모두 설치 · set up everything that is needed
	$(call set-up,)

setup-dev: ## 개발에 필요한 것까지 조용히 설치 · what people who work on the product need, too
	$(call set-up,--dev --quiet)

demo: ## 다섯 기관 · 한 장의 이력서 · 한 번의 스캔 · the whole story in the terminal
	@echo "다섯 기관 · 한 장의 이력서 · 한 번의 스캔   |   five institutions, one resume, one scan"
	$(call set-up,--quiet)
	@$(PY) -m scripts.demo

shell: setup-dev ## resume 명령을 찾는 셸 · a shell that finds the command resume
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" exec $${SHELL:-/bin/sh}

up: ## 모두 켜고 링크 하나를 알려 줌 (Ctrl-C로 끝) · serve everything until Ctrl-C
	$(call set-up,--quiet)
	@exec $(PY) -m scripts.demo.up

test: ## 모든 시험 · every test, setting up what is missing
	$(call set-up,--dev --browser --second-client --quiet)
	$(PY) -m scripts.all_tests $(PYTEST_ARGS)

test-fast: setup-dev ## 빠른 시험만 · unit tests only
	$(PY) -m pytest tests/unit $(PYTEST_ARGS)
	$(MAKE) --no-print-directory test-wallet

test-python: ## 파이썬 시험만 · the Python tests, with nothing set up
	$(PY) -m pytest $(PYTEST_ARGS)

test-contracts: ## 컨트랙트 시험 · the contracts' tests; 100 % of lines and branches reached, or it fails
	$(PY) -m scripts.contract_tests

test-wallet: ## 지갑과 화면의 시험 (Node) · the pages' modules, in Node
	$(PY) -m scripts.node_tests

slither: setup-dev ## 컨트랙트 정적 분석 · slither over the contracts, in an environment of its own
	@$(PY) -m scripts.slither

gas: setup-dev ## 거래 비용표 새로 쓰기 · renew contracts/gas.json, which the tests hold the contracts to
	RENEW_GAS=true npx --no-install hardhat test solidity contracts/test/Gas.t.sol
	@echo >> contracts/gas.json

lint: setup-dev ## 규칙 검사 · ruff, prettier, solhint, pymarkdown, long lines
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	npx --no-install prettier --log-level warn --check $(SCRIPTS)
	$(PY) -m scripts.line_lengths
	npx --no-install solhint --max-warnings 0 'contracts/**/*.sol'
	$(VENV)/bin/pymarkdown scan --recurse docs ./*.md

fmt: setup-dev ## 코드 모양 맞추기 · format
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	npx --no-install prettier --log-level warn --write $(SCRIPTS)

types: setup-dev ## 형 검사 · mypy and tsc
	$(VENV)/bin/mypy
	npx --no-install tsc --noEmit -p tsconfig.json

imports: setup-dev ## 의존 방향 검사 · import contracts
	$(VENV)/bin/lint-imports

reference: setup-dev ## docs/reference의 표를 코드에서 새로 쓰기 · renew the tables of docs/reference from the code
	$(PY) -m scripts.reference

bench: setup-dev ## 속도 측정 · measure
	$(PY) -m scripts.bench.product

bench-core: setup-dev ## 자격 증명 처리 속도를 다른 라이브러리와 비교 · the credential core beside its peers
	@$(PY) -m scripts.bench.core $(BENCH_ARGS)

bench-chain: setup-dev ## 앵커 비용과 속도 측정 (2분) · gas, 40,000 credentials, 10 million leaves
	@$(PY) -m scripts.bench.chain $(BENCH_ARGS)

bench-tick: setup-dev ## 기관이 계속 발급할 때의 앵커와 폐기 지연 (3분) · a tick under load: transactions, revocation delay
	@$(PY) -m scripts.bench.tick $(BENCH_ARGS)

bench-index: setup-dev ## 체인 색인이 있을 때와 없을 때의 검증 속도 · verification with and without the index of the chain
	@$(PY) -m scripts.bench.index

lock: setup-dev ## 잠금 파일 새로 만들기 · renew the lock files
	$(PY) -m scripts.lock

clean: ## 만들어진 파일 지우기 (data는 남김) · remove what was built, not data
	rm -rf build dist artifacts cache test-results .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf digital_resume/adapters/chain/contracts digital_resume/core/securing/linked_data/contexts digital_resume/web/vendor
	find . -name __pycache__ -type d -not -path './node_modules/*' -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## clean, 그리고 설치한 것도 · clean, and what was installed
	rm -rf $(VENV) node_modules .cache
