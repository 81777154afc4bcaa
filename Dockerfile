# Two stages: one builds with everything, one runs with what it needs.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY client/package.json client/
RUN npm ci --ignore-scripts
COPY . .
# Node and PostgreSQL come with the image and with docker-compose.yml, so the packages that bring them for a bare machine
# stay out. argon2's binary is an optional package too, and must not go with them.
RUN npm run build && cp -a node_modules/@node-rs /tmp/ \
 && npm prune --omit=dev --omit=optional --ignore-scripts && cp -a /tmp/@node-rs node_modules/

FROM node:24-bookworm-slim
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
RUN install -d -o node -g node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/client client
COPY --from=build /app/dist dist
COPY --from=build /app/templates templates
COPY --from=build /app/openapi.json ./
USER node
EXPOSE 3000
VOLUME /data
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD node -e "fetch('http://127.0.0.1:3000/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
CMD ["node", "--max-semi-space-size=16", "dist/server/main.js"]
