# Mirrors are the builder's own affair: --build-arg PIP_INDEX_URL=… --build-arg NPM_CONFIG_REGISTRY=…

FROM node:22-slim AS front
ARG NPM_CONFIG_REGISTRY
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund --omit=dev

FROM python:3.11-slim AS build
ARG PIP_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-deps --require-hashes -r requirements.lock
ENV PATH=/opt/venv/bin:$PATH
COPY . .
COPY --from=front /app/node_modules node_modules
# The key serves this one command and is not kept in the image.
RUN mkdir -p var/media var/run \
 && python -c "import sys; sys.path.insert(0, 'scripts'); import bootstrap; bootstrap.copy_served_files()" \
 && python scripts/messages.py compile \
 && ERQI_SECRET_KEY=only-for-collectstatic python manage.py collectstatic --no-input --ignore redoc --verbosity 0 \
 && python -m compileall -q erqi projects awards \
 && rm -rf node_modules

FROM python:3.11-slim
LABEL org.opencontainers.image.title="Erqi" org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin erqi
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# The code belongs to root: the site can write only what people upload, and its own run directory.
RUN chown -R erqi: var/media var/run
USER erqi
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", "0.0.0.0:8000", "erqi.wsgi:application"]
