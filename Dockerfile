# One image for every service; ECS says by the command which one a task is.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
COPY requirements/uv.txt requirements/runtime.txt ./
# Exact versions, and only the very files that the locks know by hash; nothing is compiled here.
RUN python -m venv uv \
    && uv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary=:all: \
        --requirement uv.txt
ENV UV_LINK_MODE=copy UV_NO_CACHE=1
RUN uv/bin/uv venv --python /usr/local/bin/python /opt/gavel \
    && uv/bin/uv pip sync --python /opt/gavel/bin/python --require-hashes --no-build --compile-bytecode runtime.txt \
    # 32 MB of other languages' dates, which python-liquid brings along for filters that A2I hasn't.
    && rm -rf /opt/gavel/lib/python3.*/site-packages/babel/locale-data
COPY shared /app/shared
COPY services /app/services
# The root file system is read-only when it runs, so the byte code has to be there already.
RUN python -m compileall -q /app

# Nothing runs while this stage is made, so a base without a shell is as good.
FROM ${PYTHON_IMAGE}
COPY --from=build /opt/gavel /opt/gavel
COPY --from=build /app /app
ENV PATH=/opt/gavel/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
# The one place that can be written where the root file system is read-only. What Fargate mounts there belongs to root alone,
# unless the image declares it: then it has the rights that the image's own has.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
VOLUME ["/tmp"]
# The user that the task definitions name, by number alone; nothing in the image is its own to change.
USER 10001:10001
CMD ["python", "-c", "raise SystemExit('name a service: python -m services.<service>.main')"]
