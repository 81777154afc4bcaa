# Two stages: one builds with everything, one runs with what it needs.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY client/package.json client/
# The platform's Node and PostgreSQL binaries come with the image and with docker-compose.yml.
RUN npm ci --omit=optional --ignore-scripts && npm install --no-save --ignore-scripts $(node -p "const l=require('./package-lock.json').packages;['@swc/core-linux-'+process.arch+'-gnu','@node-rs/argon2-linux-'+process.arch+'-gnu'].map(n=>n+'@'+l['node_modules/'+n].version).join(' ')")
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

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
CMD ["node", "dist/src/main.js"]
