# Every target explains itself: make help
.DEFAULT_GOAL := help
.PHONY: help build run test interop conformance race lint fuseless api-breaking fuzz faults bench clean

GO       ?= go
DATA     ?= ./data
LISTEN   ?= 127.0.0.1:8080
TESTARGS ?=
FUZZTIME ?= 30s
API_SINCE ?= $(shell git describe --tags --abbrev=0 2>/dev/null || echo HEAD~1)
FUZZPKGS ?= .
FUZZJOBS ?= 2
FAULTTIME ?= 5m
SINGLE    := domain|importers|lots|process|projections|provenance|report|simulate|sortition
ALONE     := ^Test(Whole|Killed(Copy|Import|Publish|Run)|RealConversations)$$|^TestScripts$$/^(export|import|provenance|release|report|selection|simulate|sortition)$$
FUSELESS  ?= ./sortition/... ./projections/stats/... ./projections/measures ./report

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/daybook and bin/auditor
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ ./cmd/daybook ./cmd/auditor

run: build ## build, make a small synthetic edition in DATA (default ./data), and serve it on LISTEN
	./bin/daybook simulate --data $(DATA) --countries 6 --citizens 50 --online 20 -o csv >/dev/null
	./bin/daybook serve --data $(DATA) --listen $(LISTEN)

test: ## get what the tests need, PostgreSQL included, and run all of them (TESTARGS="-run Name ./domain" runs some)
	@./tools/postgres
	$(GO) mod download
	$(GO) test $(if $(TESTARGS),$(TESTARGS),./...)

interop: ## hold logs, proofs, receipts, policies, witnesses and lineages against programs that are not ours (needs python3-prov for lineages)
	cd interop && $(GO) test $(if $(TESTARGS),$(TESTARGS),./...)

conformance: ## hold the server for EventStoreDB clients against the official ones (Go, Node), and take the tour with clients generated from the OpenAPI document (needs node 20 and npm)
	cd conformance && $(GO) test $(if $(TESTARGS),$(TESTARGS),./...)
	cd conformance/clients && $(GO) test $(if $(TESTARGS),$(TESTARGS),./...)

race: ## run tests under the race detector: of all packages but those that start no goroutine (SINGLE; arch_test.go sees to it); nor those of cmd/daybook whose programs are built without it, are killed, or do one thing after the other
	@./tools/postgres
	$(GO) test -race -timeout 20m -skip '$(ALONE)' $(if $(TESTARGS),$(TESTARGS),-count=1 $$($(GO) list ./... | grep -vE '^[^/]+/($(SINGLE))(/|$$)'))

lint: bin/staticcheck bin/errcheck fuseless ## check form and known mistakes: gofmt, go vet, staticcheck, errcheck, fused products
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	./bin/staticcheck ./...
	./bin/errcheck -ignoretests -exclude tools/errcheck.txt ./...

fuseless: ## check that no machine rounds the figures of FUSELESS in another way: no product is fused with a sum
	@fused=$$(CGO_ENABLED=0 GOARCH=arm64 $(GO) build -gcflags=-S $(FUSELESS) 2>&1 | grep -E '\bFN?M(ADD|SUB)[SD]\b' | head -n 20); \
		if [ -n "$$fused" ]; then echo "write float64(a*b) where the product is added or subtracted:"; echo "$$fused"; exit 1; fi

bin/staticcheck bin/errcheck: tools/go.mod tools/go.sum
	cd tools && $(GO) build -o ../bin/ honnef.co/go/tools/cmd/staticcheck github.com/kisielk/errcheck
	@touch bin/staticcheck bin/errcheck

api-breaking: bin/oasdiff ## tell what in api/openapi.json would break clients that were made from that of API_SINCE (default: the last tag, or the commit before)
	./bin/oasdiff breaking --fail-on ERR --format singleline "$(API_SINCE):api/openapi.json" api/openapi.json

bin/oasdiff: tools/oasdiff/go.mod tools/oasdiff/go.sum
	cd tools/oasdiff && CGO_ENABLED=0 $(GO) build -o ../../bin/ github.com/oasdiff/oasdiff
	@touch bin/oasdiff

fuzz: ## look for inputs that break whatever reads bytes: every fuzz target in FUZZPKGS, FUZZTIME (default 30s) for each, FUZZJOBS at a time
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' $(FUZZPKGS) | sort | sed 's|^\(.*\)/[^/]*_test.go:func \(.*\)$$|\1 \2|' | xargs -P $(FUZZJOBS) -L 1 sh -c ' \
		said=$$($(GO) test -run "^$$" -fuzz "^$$1$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x -parallel 1 "./$$0" 2>&1); code=$$?; \
		case "$$said" in *"Failing input"*|*panic*) ;; *"context deadline exceeded"*) code=0; said="$$said (its time was over; no input failed)";; esac; \
		printf "== %s %s\n%s\n" "$$0" "$$1" "$$said"; exit $$code'
# go test takes the end of the time that it was given for a failure of a target that is in the middle of an input, and then names no input.

faults: ## kill and restart the server of a ledger while 50 callers use it, for FAULTTIME (default 5m), with outages of up to 10 s
	DAYBOOK_FAULTS=$(FAULTTIME) $(GO) test -count=1 -timeout 0 -v -run '^TestOutages$$' ./ledger/kurrent

bench: build ## measure this machine; docs/performance.md says what the figures mean
	./bin/daybook bench -o json

clean: ## remove what was built (never a data directory)
	rm -rf bin
