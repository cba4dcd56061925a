"""moto behind gunicorn: its own server closes the connection after every reply."""
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

app = DomainDispatcherApplication(create_backend_app)
