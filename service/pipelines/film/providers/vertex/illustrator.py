"""The illustrator of Vertex AI: stills from Gemini's image models, clips from Veo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipeline import Context, Json, Price
from service.pipelines.film.money import orders, prices
from service.pipelines.film.money.plan import Offer
from service.pipelines.film.providers.protocols import Illustrator, PictureRequest
from service.pipelines.film.providers.vertex import client, clips, models, stills, words
from service.pipelines.film.providers.vertex.client import Vertex

_PROMPT = "{visual} A photograph for the background of a film, calm where words will stand. No words, letters or logos."
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class VertexIllustrator:
    """An `Illustrator` that buys its pictures."""

    vertex: Vertex
    stills: str
    clips: str
    name: str = "vertex"

    def offers(self) -> Sequence[Offer]:
        """As `Illustrator.offers`."""
        return (
            Offer(kind="still", model=self.stills, unit="picture", unit_usd=prices.usd_of(self.stills, "picture")),
            Offer(kind="clip", model=self.clips, unit="second", unit_usd=prices.usd_of(self.clips, "second")),
        )

    def picture(self, ctx: Context, request: PictureRequest) -> str:
        """As `Illustrator.picture`. Raises what `stills.draw`, `clips.order` and `clips.collect` raise."""
        return self._clip(ctx, request) if request.kind == "clip" else self._still(ctx, request)

    def _still(self, ctx: Context, request: PictureRequest) -> str:
        def draw(_request_id: str) -> Json:
            drawn = stills.draw(
                self.vertex,
                model=request.line.model,
                prompt=_PROMPT.format(visual=request.visual),
                aspect_ratio=request.aspect_ratio,
                seed=request.seed,
            )
            try:
                media_type = words.image_type(drawn)
            except ValueError as error:
                raise client.unreadable("The model's picture is neither PNG nor JPEG.") from error
            file = ctx.scratch / f"still-{request.shot}.{_ENDINGS[media_type]}"
            file.write_bytes(drawn)
            return {"url": orders.kept(ctx, file, f"{file.name}.part", media_type)}

        price, seller = (
            Price(most_usd=request.line.usd, cap_usd=request.cap_usd),
            orders.Seller(self.name, request.line.model),
        )
        return str(orders.at_once(ctx, f"still-{request.shot}", draw, price, seller)["url"])

    def _clip(self, ctx: Context, request: PictureRequest) -> str:
        def order(request_id: str) -> Json:
            return clips.order(
                self.vertex,
                model=request.line.model,
                prompt=_PROMPT.format(visual=request.visual),
                # Veo has no square format: a square is cropped from a wide picture.
                aspect_ratio="9:16" if request.aspect_ratio == "9:16" else "16:9",
                seconds=round(request.line.units),
                seed=request.seed,
                request_id=request_id,
            )

        name = f"clip-{request.shot}"
        long = orders.Long(
            order=order,
            collect=lambda operation: clips.collect(self.vertex, operation),
            find=lambda request_id: clips.find(self.vertex, request_id),
            lands_within_s=clips.MADE_WITHIN_S,
        )
        price, seller = (
            Price(most_usd=request.line.usd, cap_usd=request.cap_usd),
            orders.Seller(self.name, request.line.model),
        )
        url = orders.long(ctx, name, long, price, seller)
        return str(ctx.once(f"{name} kept", lambda: self._kept(ctx, str(url), name)))

    def _kept(self, ctx: Context, url: str, name: str) -> str:
        file = clips.download(self.vertex, url, ctx.scratch / f"{name}.mp4")
        try:
            return ctx.artifacts.put(file, f"{file.name}.part", "video/mp4")
        finally:
            file.unlink(missing_ok=True)


def make(env: Mapping[str, str]) -> Illustrator:
    """Make the illustrator from the settings of `Vertex.from_env`, VERTEX_STILLS_MODEL and VERTEX_CLIPS_MODEL.

    Raises `BadSetting`.
    """
    return VertexIllustrator(Vertex.from_env(env), models.chosen(env, models.STILLS), models.chosen(env, models.CLIPS))
