# The npm package, installed as a user installs it. It is JavaScript only, so that one build serves all platforms.
FROM --platform=$BUILDPLATFORM node:24.21.0-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run package:npm
RUN npm install --global --install-links --prefix image ./npm-package
RUN mkdir data

# Debian and not distroless: `docker exec CONTAINER ringback tail` needs `env`. Nothing runs in this stage, so that an
# image for another platform needs no emulation.
FROM node:24.21.0-slim
LABEL org.opencontainers.image.title="Ringback" \
      org.opencontainers.image.description="Microsoft Graph's calling API that anyone can run" \
      org.opencontainers.image.licenses="MIT"
# With --storage the keys are still in the volume.
ENV NODE_ENV=production KEYS_DIRECTORY=/data/keys
COPY --from=build /build/image /usr/local
COPY --from=build --chown=node:node /build/data /data
USER node
VOLUME /data
EXPOSE 7071
# The image has no curl.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 7071}/health`).then(({ status }) => process.exit(status === 200 ? 0 : 1))"]
# A container that is named ringback is reached under this name. Arguments replace only the second line.
ENTRYPOINT ["ringback", "start", "--host", "0.0.0.0", "--host-names", "ringback"]
CMD ["--data", "/data"]
