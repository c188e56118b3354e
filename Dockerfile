# The watcher and nothing else: no Pulumi, no TypeScript, no tests. From the root of the checkout:
#   docker build -t registry.example/denis-canary-watcher:0.1.0 .
# What it is for, and who has built it: docs/watch.md, "In the cluster".

FROM node:22.23.2-bookworm-slim AS build
WORKDIR /build
COPY .npmrc package.json package-lock.json tsconfig.json ./
RUN npm ci --ignore-scripts
COPY phases ./phases
COPY rollout ./rollout
COPY observe ./observe
COPY act ./act
COPY scripts ./scripts
RUN node_modules/.bin/tsc -p . --incremental false --sourceMap false

# Only what dist/scripts/watch.js loads, at the versions of the project's own lockfile.
FROM node:22.23.2-bookworm-slim AS dependencies
WORKDIR /app
COPY .npmrc image/package.json image/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:22.23.2-bookworm-slim
WORKDIR /app
COPY --from=registry.k8s.io/kubectl:v1.34.4 /bin/kubectl /usr/local/bin/kubectl
COPY --from=dependencies /app ./
COPY --from=build /build/dist ./dist
# A number, so that Kubernetes can tell that it is not root.
USER 10001:10001
EXPOSE 9184
ENTRYPOINT ["node", "dist/scripts/watch.js"]
