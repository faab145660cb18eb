"""Makes the arrays beside it with NumPy; values and shapes are in tests/data/numpy.rs."""
import numpy as np
n, r, c = 6, 3, 4
i = np.arange(n * r * c).reshape(n, r, c)
u8 = (i % 251).astype(np.uint8)
y = np.array([3, 1, 3, 1, 1, 3])
np.savez("keras.npz", x_train=u8[:4], y_train=y[:4].astype(np.int64), x_test=u8[4:], y_test=y[4:].astype(np.int64))
np.savez_compressed("images.npz", images=(u8 / 255).astype(np.float32), labels=y.astype(np.uint8).reshape(-1, 1))
np.save("fortran.npy", np.asfortranarray(u8.astype(np.float64)))
rgb = (np.arange(n * r * c * 3).reshape(n, r, c, 3) % 253).astype(np.uint8)
np.save("channels_first.npy", np.ascontiguousarray(rgb.transpose(0, 3, 1, 2)))
np.save("big_endian.npy", u8.astype(">i4"))
