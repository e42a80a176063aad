module daybook.internal/interop

go 1.26.0

require (
	daybook.internal v0.0.0
	filippo.io/torchwood v0.9.0
	github.com/stretchr/testify v1.12.1
	github.com/transparency-dev/merkle v0.0.2
	golang.org/x/mod v0.42.0
)

require (
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/crypto v0.46.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
)

replace daybook.internal => ../
