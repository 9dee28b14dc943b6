"""Names of queues, exchanges and keys at the broker, which other test runs use at the same time."""

from celery import Celery

from sample.tasks import broker


def use_names(celery: Celery, name: str) -> None:
    """Make all names that `celery` uses at the broker begin with `name`."""
    celery.conf.update(broker.options(name, celery.conf.broker_url), control_exchange=name)
    if "redis" in broker.SCHEMES:
        celery.conf.broker_transport_options["global_keyprefix"] = name


def delete_names(celery: Celery, name: str) -> None:
    """Delete the queues, exchanges and keys of these names."""
    if "redis" in broker.SCHEMES:
        from redis import Redis  # not installed with RabbitMQ

        with Redis.from_url(celery.conf.broker_url) as client:
            client.delete(*client.scan_iter(f"{name}*"))
        return
    mailbox = celery.control.mailbox  # type: ignore[attr-defined]  # its types lack it
    with celery.connection_for_write() as connection:
        for queue in celery.amqp.queues.values():
            queue(connection).delete()
            broker.dead_letter_queue(queue.name)(connection).delete()
            queue.exchange(connection).delete()
        for exchange in (mailbox.exchange, mailbox.reply_exchange):
            exchange(connection).delete()
