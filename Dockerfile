# One image for all four services; ECS says by the command which one a task is.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/gavel
COPY requirements/runtime.txt /tmp/runtime.txt
# Exact versions, and only the very files that the lock knows by hash.
RUN /opt/gavel/bin/python -m pip install --require-hashes --only-binary=:all: --requirement /tmp/runtime.txt \
    && /opt/gavel/bin/python -m pip uninstall --yes pip setuptools \
    # 32 MB of other languages' dates, which python-liquid brings along for filters that A2I hasn't.
    && rm -rf /opt/gavel/lib/python3.*/site-packages/babel/locale-data

FROM ${PYTHON_IMAGE}
# The user that the task definitions name; nothing in the image is its own to change.
RUN groupadd --gid 10001 gavel && useradd --uid 10001 --gid gavel --no-create-home --shell /usr/sbin/nologin gavel
COPY --from=build /opt/gavel /opt/gavel
COPY shared /app/shared
COPY services /app/services
# The root file system is read-only when it runs, so the byte code has to be there already.
RUN /opt/gavel/bin/python -m compileall -q /app
ENV PATH=/opt/gavel/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001:10001
CMD ["python", "-c", "raise SystemExit('name a service: python -m services.<ingest|moderate|review|results>.main')"]
