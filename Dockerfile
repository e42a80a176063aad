# The image of daybook and auditor: two programs without a system around them. It runs as nobody in particular (65532), writes to /data, /keys and /tmp alone, and is given
# a read-only root by compose.yaml.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /out/ ./cmd/daybook ./cmd/auditor && mkdir -p /made/data /made/keys /made/backup /made/tmp && chmod 1777 /made/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/ /
COPY --from=build --chown=65532:65532 /made/ /
USER 65532:65532
VOLUME /data /keys
EXPOSE 8080
ENTRYPOINT ["/daybook"]
CMD ["serve", "--data", "/data", "--listen", "0.0.0.0:8080", "--vault-key", "/keys/vault.key", "--head", "/keys/head"]
