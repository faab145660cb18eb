//! Where models compute, and within how much memory.

use std::sync::Arc;

use candle_core::Device;

use super::ModelError;
use super::kernels::Team;
use crate::config::{DeviceName, Memory};

/// A device, for the kernels of the CPU a team of threads, and how much memory the work may take.
#[derive(Clone)]
pub struct Compute {
    pub team: Arc<Team>,
    pub device: Device,
    pub memory: Memory,
}

impl Default for Compute {
    /// All cores of the CPU.
    fn default() -> Self {
        Self { team: Arc::new(Team::of_all_cores()), device: Device::Cpu, memory: Memory::default() }
    }
}

impl Compute {
    /// The CPU with so many threads.
    pub fn cpu(threads: usize) -> Self {
        Self { team: Arc::new(Team::new(threads)), device: Device::Cpu, memory: Memory::default() }
    }

    /// The first device of its kind. Fails if the program was built without it or the machine has none.
    pub fn on(name: DeviceName) -> Result<Self, ModelError> {
        let (device, built) = match name {
            DeviceName::Cpu => (Ok(Device::Cpu), true),
            DeviceName::Cuda => (Device::new_cuda(0), cfg!(feature = "cuda")),
            DeviceName::Metal => (Device::new_metal(0), cfg!(feature = "metal")),
        };
        match device {
            Ok(device) => Ok(Self { device, ..Self::default() }),
            Err(_) if !built => Err(ModelError::NotBuilt(name)),
            Err(source) => Err(ModelError::NoDevice { name, source }),
        }
    }

    /// The same within another limit.
    pub fn within(self, memory: Memory) -> Self {
        Self { memory, ..self }
    }

    /// On the same device with another number of threads.
    pub fn with_threads(self, threads: usize) -> Self {
        self.with_team(Team::new(threads))
    }

    /// On the same device with another team.
    pub fn with_team(self, team: Team) -> Self {
        Self { team: Arc::new(team), ..self }
    }
}
