# One image for every process of ours; the command says which. Debian, not Alpine: Temporal's native part and ONNX Runtime need glibc.
FROM node:20-bookworm-slim

WORKDIR /app
# The GPU provider that onnxruntime-node would fetch is never used.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

COPY tsconfig.json ./
COPY bin bin
COPY src src
COPY workflows workflows
COPY activities activities
COPY examples examples

# An image carries no repository: docker build --build-arg CODE_COMMIT=$(git rev-parse HEAD) .
ARG CODE_COMMIT=
ENV UNDERSTUDY_CODE_COMMIT=$CODE_COMMIT
ENV NODE_ENV=production
ENV UNDERSTUDY_STATE=/data

# Volumes take over the owner of the folder they are mounted on.
RUN mkdir -p /data/artifacts /data/spool && chown -R node:node /data
USER node

# Run it with an init (docker run --init, compose init: true): Node as process 1 would neither get signals nor reap children as it should.
ENTRYPOINT ["node", "bin/understudy.js"]
CMD ["--help"]
