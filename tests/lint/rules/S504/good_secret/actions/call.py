import os

TOKEN = os.environ["API_TOKEN"]
token_url = "https://auth.example/oauth/token"
SECRET_NAME = "MESSENGER_APP_SECRET"
