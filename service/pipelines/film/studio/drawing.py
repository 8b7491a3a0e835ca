"""Coloured pictures with soft edges that can be painted onto a canvas."""

from dataclasses import dataclass

from PIL import Image

from service.pipelines.film.studio.canvas import Canvas, Mask

# Rec. 709 in limited range, as in `canvas.yuv`, for 8-bit RGB.
_TO_YUV = (
    (0.2126 * 219 / 255, 0.7152 * 219 / 255, 0.0722 * 219 / 255, 16.0),
    (-0.2126 * 224 / 1.8556 / 255, -0.7152 * 224 / 1.8556 / 255, (1 - 0.0722) * 224 / 1.8556 / 255, 128.0),
    ((1 - 0.2126) * 224 / 1.5748 / 255, -0.7152 * 224 / 1.5748 / 255, -0.0722 * 224 / 1.5748 / 255, 128.0),
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture in three planes, the second and third at half size, and where it covers what is behind."""

    planes: tuple[Image.Image, Image.Image, Image.Image]
    mask: Mask

    @staticmethod
    def of(rgba: Image.Image) -> "Drawing":
        """Make one from an RGBA picture, padded to an even width and height. Its colours go on beyond its edges, where
        they are mixed in."""
        width, height = (side + side % 2 for side in rgba.size)
        whole = Image.new("RGBA", (width, height))
        whole.paste(rgba, (0, 0))
        beyond = whole.convert("RGBa").reduce(8).convert("RGBA").resize(whole.size, Image.Resampling.NEAREST)
        bled = beyond.convert("RGB")
        bled.paste(whole.convert("RGB"), mask=whole.getchannel("A").point([0] + [255] * 255))
        luma, blue, red = (bled.convert("L", row) for row in _TO_YUV)
        return Drawing((luma, blue.reduce(2), red.reduce(2)), Mask.of(whole.getchannel("A")))

    @property
    def width(self) -> int:
        return self.mask.width

    @property
    def height(self) -> int:
        return self.mask.height

    def paint(self, canvas: Canvas, left: int, top: int, opacity: float = 1.0) -> None:
        """Paint it with its top left corner at (`left`, `top`), clipped to the frame."""
        if opacity <= 0.004:
            return
        mask = self.mask if opacity >= 0.996 else self.mask.faded(opacity)
        canvas.planes[0].paste(self.planes[0], (left, top), mask.full)
        for plane, own in zip(canvas.planes[1:], self.planes[1:], strict=True):
            plane.paste(own, (left // 2, top // 2), mask.half)

    def sized(self, width: int, height: int) -> "Drawing":
        """Return it in another size, both sides rounded down to even pixels."""
        size = (max(width // 2 * 2, 2), max(height // 2 * 2, 2))
        half = (size[0] // 2, size[1] // 2)
        bilinear = Image.Resampling.BILINEAR
        return Drawing(
            (
                self.planes[0].resize(size, bilinear),
                self.planes[1].resize(half, bilinear),
                self.planes[2].resize(half, bilinear),
            ),
            Mask(self.mask.full.resize(size, bilinear), self.mask.half.resize(half, bilinear)),
        )

    def lowered(self, share: float) -> "Drawing":
        """Return it moved down by a part of a pixel."""
        moved = [Image.blend(plane, _one_lower(plane), share) for plane in (self.planes[0], self.mask.full)]
        return Drawing((moved[0], *self.planes[1:]), Mask(moved[1], self.mask.half))


def _one_lower(plane: Image.Image) -> Image.Image:
    moved = plane.copy()
    moved.paste(plane, (0, 1))
    return moved
