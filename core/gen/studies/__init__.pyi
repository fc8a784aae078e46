from .interpolation import InterpolationStudy as InterpolationStudy
from .interpolation import interpolation_study as interpolation_study
from .measures import Curve as Curve
from .measures import Interval as Interval
from .measures import WayCurves as WayCurves
