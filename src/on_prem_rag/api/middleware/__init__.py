"""Pure ASGI middleware: nothing here buffers a body or hides a disconnect."""
