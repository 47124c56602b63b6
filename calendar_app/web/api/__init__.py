"""The API for programs, `/api/v1`: what every endpoint shares. Endpoints are declared, and the OpenAPI document made of that."""
