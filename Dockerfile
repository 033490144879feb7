# A static binary that runs as nobody in particular.
#   docker build -t entente .
#   docker run --rm -v node:/node entente init /node --id csirt-xa --listen 0.0.0.0:6443 --url https://taxii.example:6443
#   docker run -v node:/node -p 6443:6443 entente
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /entente ./cmd/entente \
 && mkdir -m 0700 /node

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /entente /entente
COPY --from=build --chown=65532:65532 /node /node
USER 65532:65532
VOLUME /node
EXPOSE 6443
ENTRYPOINT ["/entente"]
CMD ["serve", "-c", "/node/node.yaml"]
