"""The pipelines that come with the service: the film, and the drill, which walks the film's path and makes nothing.

Each is built on `service.pipeline` alone and may import nothing else of the service.
"""
