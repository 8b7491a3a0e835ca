"""How a film is made, whoever provides its parts: pictures, words on them, music, speech and the finished file.

Read first, for the picture: canvas, fonts, layout, zones; sprites, moving and lettering; look and scene with its
arrangements (a shot's words and pictures); grounds and backdrop (what lies behind them); subtitles; cuts; shots, which
paints all of it; plates (bought pictures). For the sound:
sound, loudness; manners, instruments and music; voice, speak (a process of its own) and dialogue; soundtrack, the mix.
For the file: processes, ffmpeg, mp4, probe.

It may import the film's script and `service.pipeline`, and neither providers nor stages.
"""
