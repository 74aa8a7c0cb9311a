# syntax=docker/dockerfile:1
# Two images: `gateway` (the default: what runs in production) and `dev-issuer` (an OpenID provider for trying it out).
# test/e2e/image.test.ts runs these same steps where there is no container engine.

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npx --yes pnpm@12 install --frozen-lockfile
RUN npx --yes pnpm@12 run build gateway dev-issuer
# With the versions of our lockfile. Without optional packages: the dev issuer has no place in production (S23).
RUN npx --yes pnpm@12 --filter attach-gateway deploy --prod --no-optional /out/gateway
RUN npx --yes pnpm@12 --filter @attach-dev/dev-issuer deploy --prod /out/dev-issuer
# A new volume takes the owner of the folder that it covers.
RUN mkdir -p /out/data

FROM node:24-bookworm-slim AS dev-issuer
COPY --from=build /out/dev-issuer /app
USER node
ENTRYPOINT ["node", "/app/dist/main.js"]

FROM node:24-bookworm-slim AS gateway
ENV NODE_ENV=production \
    DATABASE_URL=sqlite:/data/attach.db
COPY --from=build /out/gateway /app
COPY --from=build --chown=node:node /out/data /data
# Nothing but /data is ever written: run it with a read-only root.
VOLUME ["/data"]
WORKDIR /data
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/bin/attach-gateway.js"]
CMD ["serve"]
