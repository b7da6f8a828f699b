# One image with everything, databases included. For other machines to reach it put an HTTPS
# server in front, set PUBLIC_BASE_URL to its address, and keep /data on a volume.
#
#   docker build -t aura .
#   docker run --init -p 127.0.0.1:8000:8000 -v aura-data:/data aura
#
# With DATABASE_URL and REDIS_URL set, the embedded servers are not started.
FROM python:3.12-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY requirements.txt .
# A wheel of PyTorch's CPU build laid into wheels/ saves several gigabytes (see README).
COPY wheel[s] /tmp/wheels
RUN pip install --find-links /tmp/wheels -r requirements.txt && rm -rf /tmp/wheels

# A user of its own, with a name: PostgreSQL runs neither as root nor as a nameless user.
RUN useradd --system --create-home --uid 10001 aura && install -d -o aura -g aura -m 700 /data
COPY . .
RUN python -m compileall -q accounts ai_agents creator_ai harassment integrations

USER aura
ENV AURA_HOME=/data HOST=0.0.0.0 PORT=8000
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["python", "-m", "creator_ai.up", "--no-demo"]
