# One image for the channel (Rasa), the action server, the workers and the command line.
FROM python:3.10-slim
WORKDIR /app
COPY requirements/runtime.lock requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/runtime.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e .
ENV RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1
USER nobody
